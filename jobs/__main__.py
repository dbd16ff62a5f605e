"""`python -m jobs` is `refund-calc`."""

from jobs.cli import main

if __name__ == "__main__":
    main()
