"""`python -m mmjudge` is `mmjudge`."""

from mmjudge.cli import main

main()
