"""The report: figures of answers, and the pages that say them. Refuses to ask a model or write to a store."""
