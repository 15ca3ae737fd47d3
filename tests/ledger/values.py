"""Values that have a canonical form, for hypothesis."""

from hypothesis import strategies as st

LARGEST = 2**53 - 1
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.text([chr(code) for code in range(0x20, 0x7F)], min_size=1, max_size=8)
_plain = st.one_of(st.none(), st.booleans(), st.integers(-LARGEST, LARGEST), texts)
canonical_values = st.recursive(
    _plain,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)
