class NotAllowed(Exception):
    """A rule of ours forbids the act; nothing was recorded as done and nothing was sent.

    `field` names the form field at fault ("" for the whole form); `sentence` is translated.
    """

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
