"""The Flask application, as a list of steps. Reading `create_app` is reading what every request goes through."""

from __future__ import annotations

from flask import Flask, request
from flask.typing import ResponseReturnValue

from scheduler.resources import compiled_templates, template_folder
from scheduler.services.context import Context
from scheduler.web import assets, errors, filters, login, security
from scheduler.web.admin import register_admin
from scheduler.web.api import register_api
from scheduler.web.appearance import register_appearance
from scheduler.web.context import OWN, attach_context
from scheduler.web.practice import register_practice
from scheduler.web.prerendered import put_pages_in_front
from scheduler.web.public import marked
from scheduler.web.site import register_site


class Application(Flask):
    """Flask, which leaves out what a visitor's request is checked for when it makes a page for everybody."""

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Check a request, unless it is one of our own (`web/prerendered.py`) for a page that is everybody's."""
        if OWN in request.environ and marked(self, request.endpoint or ""):
            return None
        return super().preprocess_request()


def create_app(context: Context) -> Flask:
    """Return the application that serves the public site, the admin, the API and the practice networks."""
    app = Application("scheduler", static_folder=None, template_folder=str(template_folder()))
    app.jinja_env.bytecode_cache = compiled_templates()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    attach_context(app, context)
    security.configure_security(app)
    login.configure_login(app)
    assets.configure_assets(app)
    filters.configure_filters(app)
    errors.configure_errors(app)
    register_appearance(app)
    register_site(app)
    register_admin(app)
    register_api(app)
    register_practice(app)
    put_pages_in_front(app, context)
    return app
