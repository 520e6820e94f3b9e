"""The command center's web application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware

from command_center import health, housekeeping, openapi, problems, reference
from command_center.alerts import endpoints as alerts
from command_center.audit import endpoints as audit
from command_center.cap import endpoints as cap
from command_center.cap import repository as issued
from command_center.channels import endpoints as channels
from command_center.database import Database
from command_center.dataset import endpoints as dataset
from command_center.demo import endpoints as demo
from command_center.duty import endpoints as duty
from command_center.events import endpoints as events
from command_center.evidence.store import EvidenceStore
from command_center.jobs import running
from command_center.limits import BodyLimit
from command_center.live import endpoints as live
from command_center.live.tail import Tail
from command_center.metrics import endpoints as metrics
from command_center.metrics.requests import CountRequests
from command_center.migrations import upgrade
from command_center.notices import endpoints as notices
from command_center.notifications import endpoints as notifications
from command_center.open311 import endpoints as open311
from command_center.partners import endpoints as partners
from command_center.people import endpoints as people
from command_center.people import oidc_endpoints as oidc
from command_center.people.first_passwords import FirstPasswords
from command_center.people.log_in import Doorman
from command_center.people.oidc_provider import Provider
from command_center.people.secrets import token_hash
from command_center.places import endpoints as places
from command_center.reports import endpoints as reports
from command_center.security_headers import SecurityHeaders
from command_center.sensors import endpoints as sensors
from command_center.shadows import endpoints as shadows
from command_center.shards import endpoints as shards
from command_center.shards.fenced import FencedLog
from command_center.state import Clock, Ground, utc_now
from command_center.statistics import endpoints as statistics
from command_center.steady_clock import SteadyClock
from command_center.stills import endpoints as stills
from command_center.stills.store import StillStore
from command_center.tickets import endpoints as tickets
from command_center.town import endpoints as town
from command_center.town import reloading
from command_center.verdicts import endpoints as verdicts
from command_center.web import pages
from command_center.webhooks import endpoints as webhooks
from configs.logs import configure_logs
from configs.settings import Settings
from configs.version import __version__

API = "/api/v1"

ROUTERS = (
    people.router,
    oidc.router,
    oidc.browsers,
    town.router,
    duty.router,
    places.router,
    sensors.router,
    shards.router,
    stills.router,
    events.router,
    alerts.router,
    dataset.router,
    tickets.router,
    notifications.router,
    channels.router,
    reports.router,
    live.router,
    notices.router,
    audit.router,
    statistics.router,
    verdicts.router,
    shadows.router,
    metrics.router,
    partners.router,
    webhooks.router,
    cap.router,
    demo.router,
    health.router,
)


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The application with its routes; the database is brought up to date when it starts."""
    app = FastAPI(
        title="Fenghuo command center",
        version=__version__,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        generate_unique_id_function=_operation_id,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    ground = app.state.ground = _ground(settings, clock)
    problems.install(app)
    openapi.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix=API)
    app.include_router(metrics.scraped)
    app.include_router(open311.router)
    app.include_router(reference.router)
    pages.mount(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(CountRequests, requests=ground.requests)
    return app


def create_app_from_environment() -> FastAPI:
    """What `uvicorn --factory` calls: settings from `FENGHUO_*`."""
    settings = Settings()
    configure_logs(settings)
    return create_app(settings, SteadyClock())


def _operation_id(route: APIRoute) -> str:
    return route.name


def _ground(settings: Settings, clock: Clock) -> Ground:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    machine_token_hash = token_hash(settings.token_of_machines().get_secret_value())
    metrics_token_hash = token_hash(settings.token_of_metrics().get_secret_value())
    database = Database(settings.database)
    return Ground(
        settings=settings,
        database=database,
        evidence=EvidenceStore(settings.data_dir / "evidence"),
        stills=StillStore(settings.data_dir / "stills"),
        clock=clock,
        machine_token_hash=machine_token_hash,
        metrics_token_hashes=(machine_token_hash, metrics_token_hash),
        sensor_token_hash=token_hash(settings.token_of_sensors().get_secret_value()),
        webhook_key=settings.key_of_webhooks().get_secret_value(),
        channel_key=settings.key_of_channels().get_secret_value(),
        doorman=Doorman(),
        oidc=Provider(settings),
        fenced=FencedLog(),
        tail=Tail(database),
        first_passwords=FirstPasswords(settings),
        started_at=clock(),
    )


async def _say_who_issues(ground: Ground) -> None:
    settings = ground.settings
    async with ground.database.transaction() as session:
        await issued.put_issuer(session, settings.sender, settings.status, settings.url)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    ground: Ground = app.state.ground
    try:
        await upgrade(ground.database)
        await reloading.take_at_start(ground)
        await _say_who_issues(ground)
        await ground.tail.read()
        async with running(housekeeping.loops(ground)):
            yield
    finally:
        await ground.courier.close()
        await ground.database.close()
