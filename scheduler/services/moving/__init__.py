"""Moving house: what another site holds comes in, and everything can leave again.

A reader per format (`wordpress`, `ghost`, `folder`) turns a file into the records of `incoming`. `planning` lays them
aside piece by piece and says beforehand what would happen; `bringing` writes one piece after the other, so a crash
costs at most the piece in hand, and a repeat makes no doubles. `takeout` packs everything for the way out.
"""
