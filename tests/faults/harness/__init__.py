"""What the rows of the fault table share: the collector, the driven program, the books, this machine's means."""
