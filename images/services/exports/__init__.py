"""Exports of the history: what is in one is fixed when it is made; its file is a stream.

Contract: docs/ledger.md, sections 4 and 5.
"""
