"""Keep the create call as it was planned, and its answer as it came."""

from images.models import ExchangeRecord, ImageRequest
from images.scp.exchange import Exchange


def plan(claim: ImageRequest, planned: Exchange) -> None:
    """Write the call that is about to be sent. Part of the claim's transaction."""
    ExchangeRecord.objects.create(
        request=claim,
        attempt=claim.attempt,
        method=planned.method,
        url=planned.url,
        api_version=planned.api_version,
        request_headers=planned.request_headers,
        request_body=planned.request_body,
        request_sha256=planned.request_sha256,
    )


def finish(claim: ImageRequest, exchange: Exchange, reason: str) -> bool:
    """Complete the attempt's row with what came, once; False when that was done before.

    Part of the outcome's transaction.
    """
    unfinished = ExchangeRecord.objects.filter(
        request=claim, attempt=claim.attempt, is_finished=False
    )
    changed = unfinished.update(
        is_finished=True,
        left_us=exchange.left_us,
        request_headers=exchange.request_headers,
        sent_at=exchange.sent_at,
        duration_ms=exchange.duration_ms,
        status=exchange.status,
        headers=exchange.headers,
        body=exchange.body,
        body_length=exchange.body_length,
        is_truncated=exchange.is_truncated,
        request_ids=exchange.request_ids,
        clock_skew_seconds=exchange.clock_skew_seconds,
        reason=reason,
    )
    return bool(changed)
