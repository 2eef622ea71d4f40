"""How the Google imitations refuse: google.rpc.Status, and beside it the older `errors` list where an API has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, jsonify, request

from scheduler.practice.switches import ActiveSwitch, FailureSwitch

Detail = dict[str, Any]
PROJECT = "projects/100000000001"
_TYPE = "type.googleapis.com/google.rpc."
_CREDENTIALS_WANTED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid"
    " authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


@dataclass(eq=False)
class GoogleRefusal(Exception):
    """An answer that is not 2xx. `status` is a google.rpc code; `reason` and `domain` belong to the older form."""

    http: int
    status: str
    message: str
    reason: str = "badRequest"
    domain: str = "global"
    details: Sequence[Detail] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_answer(refusal: GoogleRefusal, older_form: bool = False) -> Response:
    """Return the refusal as JSON; YouTube speaks the older form too."""
    error: dict[str, Any] = {"code": refusal.http, "message": refusal.message}
    if older_form:
        error["errors"] = [{"message": refusal.message, "domain": refusal.domain, "reason": refusal.reason}]
    error["status"] = refusal.status
    if refusal.details:
        error["details"] = list(refusal.details)
    answer = jsonify(error=error)
    answer.status_code = refusal.http
    answer.headers.extend(refusal.headers)
    return answer


def unauthenticated(reason: str = "") -> GoogleRefusal:
    """Return the refusal of an access token; `reason` "ACCESS_TOKEN_EXPIRED", say."""
    details = [error_info(reason, {"service": request.path.split("/")[2]})] if reason else []
    challenge = 'Bearer realm="https://accounts.google.com/"' + (', error="invalid_token"' if reason else "")
    headers = {"WWW-Authenticate": challenge}
    return GoogleRefusal(401, "UNAUTHENTICATED", _CREDENTIALS_WANTED, "authError", "global", details, headers)


def outside_scopes(needed: str) -> GoogleRefusal:
    """Return the refusal of a token whose scopes do not allow the call."""
    message = "Request had insufficient authentication scopes."
    challenge = f'Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="{needed}"'
    details = [error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", {"method": request.path})]
    headers = {"WWW-Authenticate": challenge}
    return GoogleRefusal(403, "PERMISSION_DENIED", message, "insufficientPermissions", "global", details, headers)


def forbidden(message: str = "The caller does not have permission", reason: str = "forbidden") -> GoogleRefusal:
    """Return the refusal of a person who may not do this."""
    return GoogleRefusal(403, "PERMISSION_DENIED", message, reason)


def not_found(message: str = "Requested entity was not found.", reason: str = "notFound") -> GoogleRefusal:
    """Return the refusal for something that is not there."""
    return GoogleRefusal(404, "NOT_FOUND", message, reason)


def service_disabled(label: str, host: str) -> GoogleRefusal:
    """Return the refusal of a project that has not switched the API on."""
    page = f"https://console.developers.google.com/apis/api/{host}/overview?project={PROJECT.split('/')[1]}"
    message = (
        f"{label} has not been used in project {PROJECT.split('/')[1]} before or it is disabled. Enable it by visiting"
        f" {page} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our"
        " systems and retry."
    )
    links = {
        "@type": f"{_TYPE}Help",
        "links": [{"description": "Google developers console API activation", "url": page}],
    }
    details = [links, error_info("SERVICE_DISABLED", {"service": host, "consumer": PROJECT})]
    return GoogleRefusal(403, "PERMISSION_DENIED", message, "accessNotConfigured", "usageLimits", details)


def exhausted(host: str, limit: int, metric: str = "Requests") -> GoogleRefusal:
    """Return the refusal of one request too many; a `limit` of 0 means that Google never approved the project."""
    metadata = {
        "service": host,
        "consumer": PROJECT,
        "quota_metric": f"{host}/{metric.lower().replace(' ', '_')}",
        "quota_limit": f"{metric.replace(' ', '')}PerMinutePerProject",
        "quota_limit_value": str(limit),
    }
    message = (
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per minute' of service '{host}' for consumer"
        f" '{PROJECT.replace('projects/', 'project_number:')}'."
    )
    details = [error_info("RATE_LIMIT_EXCEEDED", metadata)]
    return GoogleRefusal(429, "RESOURCE_EXHAUSTED", message, "rateLimitExceeded", "usageLimits", details)


def internal_error() -> GoogleRefusal:
    """Return the answer of a server that broke."""
    return GoogleRefusal(500, "INTERNAL", "Internal error encountered.", "backendError")


def refusal_of(switch: ActiveSwitch, host: str) -> GoogleRefusal:
    """Return what a failure switch that acts before publishing says."""
    if switch.kind is FailureSwitch.RATE_LIMITED:
        return exhausted(host, 300)
    if switch.kind is FailureSwitch.EXPIRED_TOKEN:
        return unauthenticated("ACCESS_TOKEN_EXPIRED")
    return internal_error()


def error_info(reason: str, metadata: Mapping[str, str]) -> Detail:
    """Return google.rpc.ErrorInfo."""
    return {"@type": f"{_TYPE}ErrorInfo", "reason": reason, "domain": "googleapis.com", "metadata": dict(metadata)}


def bad_fields(violations: Mapping[str, str]) -> GoogleRefusal:
    """Return the refusal of a request whose JSON or parameters do not fit: field -> what is wrong."""
    listed = [{"field": name, "description": why} for name, why in violations.items()]
    message = "; ".join(violations.values()) or "Request contains an invalid argument."
    return GoogleRefusal(
        400, "INVALID_ARGUMENT", message, details=[{"@type": f"{_TYPE}BadRequest", "fieldViolations": listed}]
    )
