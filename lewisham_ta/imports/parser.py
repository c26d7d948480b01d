"""Run as a process of its own, by its path: a workbook on standard input, its sheets pickled on standard output.

Somebody else's file is parsed here and nowhere else, where memory and time are bounded by the kernel and a crash of the
parser is only a wrong exit code. It imports nothing of the product, so that it starts in a few hundredths of a second.
"""

import io
import pickle
import resource
import sys

import python_calamine


def main(seconds: int, memory: int, cells: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    sheets = []
    for meta in book.sheets_metadata:
        if meta.typ == python_calamine.SheetTypeEnum.WorkSheet:
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.total_height * sheet.total_width > cells:
                sys.exit(3)
            sheets.append((meta.name, sheet.to_python(skip_empty_area=False)))
    pickle.dump(sheets, sys.stdout.buffer, protocol=5)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
