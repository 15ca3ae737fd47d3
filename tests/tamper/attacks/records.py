"""On the rows that pages show beside the events: requests, calls and answers."""

import uuid
from datetime import timedelta

from images.models import AuditEvent, ExchangeRecord, ImageRequest, User
from images.services.verifying import By
from images.vocabulary import State
from tests.tamper.attack import found_by, unseen
from tests.tamper.scene import Scene


def _edit(scene: Scene, of: State = State.READY, /, **columns: object) -> int:
    asked = scene.request(of)
    ImageRequest.objects.filter(pk=asked.pk).update(**columns)
    return scene.recorded(asked)


@found_by(By.DATA, "a request's reason is edited")
def edit_reason(scene: Scene) -> int:
    return _edit(scene, reason="because Charlie said so")


@found_by(By.DATA, "a request's person is exchanged")
def edit_actor(scene: Scene) -> int:
    return _edit(scene, actor=User.objects.get(username="bob"))


@found_by(By.DATA, "a request's server is exchanged")
def edit_server(scene: Scene) -> int:
    return _edit(scene, server_name="another server")


@found_by(By.DATA, "a request's time is set back")
def edit_recorded_at(scene: Scene) -> int:
    asked = scene.request(State.READY)
    return _edit(scene, recorded_at=asked.recorded_at - timedelta(hours=3))


@found_by(By.DATA, "a request's image id is exchanged")
def edit_image_id(scene: Scene) -> int:
    _edit(scene, image_id=str(uuid.uuid4()))
    return scene.last(scene.request(State.READY))


@found_by(By.DATA, "a request that was made is shown as withdrawn")
def edit_state(scene: Scene) -> int:
    last = scene.last(scene.request(State.READY))
    _edit(scene, state=State.CANCELLED)
    return last


@found_by(By.DATA, "why a request was refused is told otherwise")
def edit_refusal(scene: Scene) -> int:
    last = scene.last(scene.request(State.REFUSED))
    _edit(scene, State.REFUSED, outcome_detail="Out of quota.")
    return last


@found_by(By.DATA, "a request goes, with its calls")
def drop_request(scene: Scene) -> int:
    asked = scene.request(State.READY)
    ExchangeRecord.objects.filter(request=asked)._raw_delete("default")
    ImageRequest.objects.filter(pk=asked.pk)._raw_delete("default")
    return scene.recorded(asked)


@found_by(By.DATA, "a request is put in that nobody made")
def forge_request(scene: Scene) -> None:
    forged = scene.request(State.CANCELLED)
    forged.pk, forged.form_token = uuid.uuid4(), uuid.uuid4()
    ImageRequest.objects.bulk_create([forged])


def _edit_call(scene: Scene, of: State = State.READY, /, **columns: object) -> int:
    call = scene.call(of)
    ExchangeRecord.objects.filter(pk=call.pk).update(**columns)
    return scene.outcome(call)


@found_by(By.DATA, "the body of a kept answer is edited")
def edit_answer(scene: Scene) -> int:
    body = bytes(scene.call(State.READY).body).replace(b"image", b"imago", 1)
    return _edit_call(scene, body=body)


@found_by(By.DATA, "the status of a kept answer is edited")
def edit_status(scene: Scene) -> int:
    return _edit_call(scene, State.REFUSED, status=403)


@found_by(By.DATA, "the body that was sent is edited")
def edit_question(scene: Scene) -> int:
    return _edit_call(scene, request_body='{"image_name": "another"}')


@found_by(By.DATA, "the address that a call went to is edited")
def edit_url(scene: Scene) -> int:
    return _edit_call(scene, url="https://scp.example.com/")


@found_by(By.DATA, "a kept call is emptied as if it were old")
def empty_call(scene: Scene) -> int:
    return _edit_call(
        scene, request_headers={}, request_body="", headers={}, body=b"", request_ids={}
    )


@found_by(By.DATA, "a kept call goes")
def drop_call(scene: Scene) -> int:
    call = scene.call(State.READY)
    ExchangeRecord.objects.filter(pk=call.pk)._raw_delete("default")
    return AuditEvent.objects.get(request=call.request_id, action="request.sending").sequence


@found_by(By.DATA, "a call is put in that nobody sent")
def forge_call(scene: Scene) -> None:
    forged = scene.call(State.READY)
    forged.pk, forged.attempt = None, 2
    ExchangeRecord.objects.bulk_create([forged])


@unseen("a request's reason is edited whose events the keeping rule took")
def edit_an_old_reason(scene: Scene) -> int:
    recorded = AuditEvent.objects.filter(action="request.recorded").values("request")
    old = ImageRequest.objects.exclude(pk__in=recorded).order_by("recorded_at")
    ImageRequest.objects.filter(pk=old[0].pk).update(reason="because Charlie said so")
    return 1
