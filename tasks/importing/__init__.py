"""Taking over an existing ledger (存量台账导入): running projects out of a workbook, each placed on the step where it stands."""
