"""Claims at the same moment: each request is taken once, however many reach for it."""

import random
import threading
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from images.models import AccessKey, ImageRequest
from images.vocabulary import State
from tests.people import make_request
from tests.services.background import in_threads

REQUESTS, THREADS = 60, 8


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_reach_for_a_row_one_gets_it(alices_key: AccessKey) -> None:
    due = [make_request(alices_key, server_id=str(uuid.uuid4())).pk for _ in range(REQUESTS)]
    taken: list[uuid.UUID] = []
    lock = threading.Lock()

    def reach_for_all() -> None:
        for pk in random.sample(due, len(due)):
            with transaction.atomic():
                claim = ImageRequest.objects.claim(pk, now=timezone.now())
            if claim:
                with lock:
                    taken.append(claim.pk)

    with in_threads(reach_for_all, count=THREADS):
        pass
    assert sorted(taken) == sorted(due)
    assert set(ImageRequest.objects.values_list("state", "attempt")) == {(State.SENDING, 1)}
