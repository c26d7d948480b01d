"""The published test cases of "Validating account numbers", and the few weight rows that they need."""

from payments.payees.rules import ModulusTable, Weighting

# sort codes, algorithm, weights, exception
ROWS = """
070116 070116 MOD11 0 0 7 6 5 8 9 4 5 6 7 8 9 -1 12
070116 070116 MOD10 0 3 2 4 5 8 9 4 5 6 7 8 9 -1 13
074456 074456 MOD11 0 0 7 6 5 8 9 4 5 6 7 8 9 -1 12
074456 074456 MOD10 0 3 2 4 5 8 9 4 5 6 7 8 9 -1 13
086090 086090 MOD10 0 0 3 7 1 3 7 1 3 7 1 3 7 1 8
089000 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1
102400 107999 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1
110000 119280 DBLAL 0 0 2 1 2 1 2 1 2 1 2 1 2 1 1
134012 134020 MOD11 0 0 0 7 5 9 8 4 6 3 5 2 0 0 4
180002 180002 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1 14
200901 201159 MOD11 0 0 0 0 0 0 0 7 6 5 4 3 2 1 6
200901 201159 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1 6
202700 203239 MOD11 0 0 0 0 0 0 0 7 6 5 4 3 2 1 6
202700 203239 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1 6
309001 309633 MOD11 0 0 3 2 9 8 5 7 6 5 4 3 2 1 2
309001 309633 MOD11 0 0 3 2 9 8 1 7 6 5 4 3 2 1 9
771900 772799 MOD11 0 0 1 2 5 3 6 4 8 7 10 9 3 1 7
820000 826097 MOD11 0 0 0 0 0 0 0 0 7 3 4 9 2 1
820000 826097 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1 3
826919 827999 MOD11 0 0 0 0 0 0 0 0 7 3 4 9 2 1
826919 827999 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1 3
870000 872791 MOD11 0 0 1 2 5 3 6 4 8 7 10 9 3 1 10
870000 872791 MOD11 0 0 5 10 9 8 0 7 6 5 4 3 2 1 11
938000 938696 MOD11 7 6 5 4 3 2 7 6 5 4 3 2 0 0 5
938000 938696 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 0 5
""".strip()
SUBSTITUTES = "938600 938611"

VALID = [
    ("089999", "66374958"),  # MOD10
    ("107999", "88837491"),  # MOD11
    ("202959", "63748472"),  # MOD11 and DBLAL
    ("871427", "46238510"),  # 10 and 11: the first passes, the second fails
    ("872427", "46238510"),  # 10 and 11: the first fails, the second passes
    ("871427", "09123496"),  # 10: ab is 09 and g is 9
    ("871427", "99123496"),  # 10: ab is 99 and g is 9
    ("820000", "73688637"),  # 3: c is 6
    ("827999", "73988638"),  # 3: c is 9
    ("827101", "28748352"),  # 3: c is neither, both checks pass
    ("134020", "63849203"),  # 4: the remainder is gh
    ("118765", "64371389"),  # 1: 27 is added
    ("200915", "41011166"),  # 6: foreign currency
    ("938611", "07806039"),  # 5: own check digits
    ("938600", "42368003"),  # 5: with a substitute sort code
    ("938063", "55065200"),  # 5: both remainders are 0
    ("772798", "99345694"),  # 7: g is 9
    ("086090", "06774744"),  # 8: 090126
    ("309070", "02355688"),  # 2 and 9: the first passes
    ("309070", "12345668"),  # 2 and 9: the first fails, the second passes with 309634
    ("309070", "12345677"),  # 2: a is not 0, g is not 9
    ("309070", "99345694"),  # 2: a is not 0, g is 9
    ("074456", "12345112"),  # 12 and 13: MOD11 passes
    ("070116", "34012583"),  # 12 and 13: both pass
    ("074456", "11104102"),  # 12 and 13: MOD11 fails, MOD10 passes
    ("180002", "00000190"),  # 14: passes after the shift
]
INVALID = [
    ("938063", "15764273"),  # 5: the first check digit is right, the second wrong
    ("938063", "15764264"),  # 5: the first wrong, the second right
    ("938063", "15763217"),  # 5: the first has a remainder of 1
    ("118765", "64371388"),  # 1
    ("203099", "66831036"),  # MOD11 passes, DBLAL fails
    ("203099", "58716970"),  # MOD11 fails, DBLAL passes
    ("089999", "66374959"),  # MOD10
    ("107999", "88837493"),  # MOD11
]


def weighting(line: str) -> Weighting:
    sort_code_from, sort_code_to, algorithm, *numbers = line.split()
    weights = tuple(int(number) for number in numbers[:14])
    return Weighting(sort_code_from, sort_code_to, algorithm, weights, int(numbers[14]) if numbers[14:] else None)


TABLE = ModulusTable(
    rows=[weighting(line) for line in ROWS.splitlines()],
    substitutes=dict(line.split() for line in SUBSTITUTES.splitlines()),
)
