"""The whole story in one page: area -> gaps -> exposure -> sites -> ledgers."""
