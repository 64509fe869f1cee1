"""How figures are written, and what they leave open: periods, numbers, units, precision, names.

Pure functions that the loader and the server share: both must read "FY2014/15", "853.69 billion yuan"
and "北京" the same way.
"""
