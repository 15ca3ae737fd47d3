"""On people: their roles are told by events, their names stand beside the pseudonyms."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from images.models import AuditEvent, User
from images.services import accounts, checkpoints
from images.services.people import change_role, remove_name
from images.services.verifying import By
from images.vocabulary import Role
from tests.tamper.attack import found_by, harmless, unseen
from tests.tamper.scene import Scene


@found_by(By.DATA, "somebody is made an administrator by hand")
def edit_role(scene: Scene) -> int:
    change_role(name="bob", role=Role.OPERATOR)
    User.objects.filter(username="bob").update(role=Role.ADMINISTRATOR)
    return scene.size


@found_by(By.DATA, "a disabled account is opened by hand")
def open_an_account(scene: Scene) -> int:
    bob = User.objects.get(username="bob")
    accounts.disable(actor=User.objects.get(username="alice"), person=bob)
    User.objects.filter(pk=bob.pk).update(is_active=True)
    return scene.size


@found_by(By.DATA, "a person's row goes")
def drop_person(scene: Scene) -> int:
    bob = User.objects.get(username="bob")
    first = AuditEvent.objects.filter(actor=bob).order_by("sequence")[0].sequence
    User.objects.filter(pk=bob.pk)._raw_delete("default")
    return first


@harmless("a person's name is removed")
def remove_a_name(scene: Scene) -> None:
    remove_name(name="alice")
    checkpoints.publish()


@unseen("the names of two people are exchanged")
def exchange_names(scene: Scene) -> int:
    for before, after in (("alice", "x"), ("bob", "alice"), ("x", "bob")):
        User.objects.filter(username=before).update(username=after)
    return 1


@unseen("the clock is set back while people act")
def set_the_clock_back(scene: Scene) -> int:
    with time_machine.travel(timezone.now() - timedelta(hours=5)):
        change_role(name="bob", role=Role.OPERATOR)
        checkpoints.publish()
    return scene.size
