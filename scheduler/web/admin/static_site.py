"""Articles, Static site: the whole site as plain files, made beside the web server and offered as a zip."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField

from scheduler.clock import to_datetime
from scheduler.domain.problem import Conflict, Invalid
from scheduler.services.site import exporting
from scheduler.services.site.exporting import Overview
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems

bp = Blueprint("static_site", __name__, url_prefix="/admin/articles/static-site")

HERE = ("127.0.0.1", "::1", "localhost")


class AddressForm(FlaskForm):  # type: ignore[misc]
    """Where the files will be served."""

    address = StringField(
        "Address of the static site",
        description="Where visitors will find it: it stands in link cards, feeds and the sitemap.",
        render_kw={
            "type": "url",
            "inputmode": "url",
            "autocomplete": "url",
            "required": True,
            "placeholder": "https://www.example.org",
        },
    )


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the site that is there and what goes on; the part that changes alone when htmx asks for it."""
    found = exporting.overview(ctx())
    form = AddressForm(formdata=None, data={"address": _address(found)})
    page = "state" if request.headers.get("HX-Request") else "index"
    return render_template(f"admin/articles/static_site/{page}.html", found=found, form=form)


@bp.post("")
def make() -> ResponseReturnValue:
    """Begin to make it."""
    form = AddressForm()
    try:
        exporting.start(ctx(), form.address.data or "")
    except Invalid as error:
        show_problems(form, error)
        found = exporting.overview(ctx())
        return render_template("admin/articles/static_site/index.html", found=found, form=form), 422
    except Conflict as error:
        flash(str(error), "warn")
    return redirect(url_for("static_site.index"))


@bp.get("/site.zip")
def download() -> ResponseReturnValue:
    """Send the zip, piece by piece. One that is made meanwhile takes its place only for the next download."""
    path, made = exporting.zip_file(ctx())
    day = to_datetime(made.made_at).date().isoformat()
    name = f"{urlsplit(made.address).hostname or 'site'}-{day}.zip"
    return send_file(path, mimetype="application/zip", as_attachment=True, download_name=name)


def _address(found: Overview) -> str:
    """Return the address that is proposed: the one of last time, or ours unless it is only good on this machine."""
    if tried := found.cut_off or found.failed or found.made:
        return tried.address
    ours = ctx().settings.base_url
    return "" if urlsplit(ours).hostname in HERE else ours
