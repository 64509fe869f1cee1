"""`python -m innograph.loader`: the command line, for processes that have no console script at hand."""

from innograph.loader.cli import main

main(prog_name="innograph")
