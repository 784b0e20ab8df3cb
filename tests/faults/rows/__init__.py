"""The rows of the fault table, one module a family or a part of one."""
