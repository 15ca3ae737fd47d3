"""The proof: canonical bytes, the Merkle tree, signed checkpoints. docs/ledger.md is the contract.

Knows no request, no SCP and no Django.
"""
