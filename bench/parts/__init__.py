"""One file per part of the table; each has `measure(quick) -> rows`."""
