"""Sentences that end with the words of another: one period, not two."""

_ENDED_TWICE = (".”.", "!”.", "?”.")


def ended_once(sentence: str) -> str:
    """Return the sentence, without its own period where it ends with a whole quoted sentence."""
    return sentence[:-1] if sentence.endswith(_ENDED_TWICE) else sentence
