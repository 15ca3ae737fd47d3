from typing import Any

from django.db import models

from images.ledger.notes import short_root


class Checkpoint(models.Model):
    """One signed head of the ledger, as it was published. Rows are only added."""

    size = models.BigIntegerField(help_text="How many events it covers.")
    root = models.BinaryField(max_length=32)
    note = models.TextField(help_text="The signed note, byte for byte (docs/ledger.md).")
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["size"], name="checkpoint_by_size")]

    def __str__(self) -> str:
        return f"{self.size} {self.short_root}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A checkpoint is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("A checkpoint is never deleted.")

    @property
    def short_root(self) -> str:
        return short_root(bytes(self.root))

    @property
    def root_hex(self) -> str:
        return bytes(self.root).hex()
