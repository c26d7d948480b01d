"""Several people at the same moment, on real connections."""

from threading import Barrier, Thread

from django.db import connection

from lewisham_ta.refusals import Refused


def at_once(*acts):
    """Do these in as many threads, each with a connection of its own, and return what came of them."""
    barrier, answers = Barrier(len(acts)), []

    def do(act):
        try:
            barrier.wait()
            act()
            answers.append("done")
        except Refused as refusal:
            answers.append(str(refusal))
        finally:
            connection.close()

    threads = [Thread(target=do, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)
