"""Who may sign in, for owners."""

from shopkeeper.api.caller import is_loopback
from shopkeeper.api.operation import Call, operation
from shopkeeper.flows import accounts
from shopkeeper.flows.accounts import LinkRequest, NewPerson, People, Person, PersonChange, PersonLink


@operation("GET", "/v1/users", needs="accounts", twin="user list")
async def users(call: Call) -> People:
    """List who may sign in, and the roles that there are."""
    return await accounts.list_people(call.app.store)


@operation("POST", "/v1/users", needs="accounts", twin="user add")
async def add_user(call: Call, *, body: NewPerson) -> Person:
    """Let somebody sign in."""
    app = call.app
    return await accounts.add_person(app.store, app.entrance, body, now=app.wall_clock.now(), rng=app.rng)


@operation("PATCH", "/v1/users/{name}", needs="accounts", twin="user role")
async def change_user(call: Call, name: str, *, body: PersonChange) -> Person:
    """Change an account; another role, password, e-mail or standing signs the person out everywhere."""
    app = call.app
    return await accounts.change_person(app.store, app.entrance, name, body, now=app.wall_clock.now())


@operation("DELETE", "/v1/users/{name}", needs="accounts", twin="user remove")
async def remove_user(call: Call, name: str) -> Person:
    """Remove an account and sign the person out everywhere."""
    return await accounts.remove_person(call.app.store, name)


@operation("POST", "/v1/users/{name}/link", needs="accounts", twin="user link")
async def link_user(call: Call, name: str, *, body: LinkRequest) -> PersonLink:
    """Make a link that signs a person in once."""
    app = call.app
    return await accounts.make_link(
        app.store, app.entrance, name, minutes=body.minutes, base=_base(call), now=app.wall_clock.now()
    )


def _base(call: Call) -> str:
    """Return where the console answers: as the settings say, or where an owner on this machine has it open."""
    settings, url = call.app.settings, call.request.url
    if settings.public_url is not None:
        return settings.public_url
    return f"{url.scheme}://{url.netloc}" if is_loopback(url.hostname or "") else f"http://127.0.0.1:{settings.port}"


OPERATIONS = (users, add_user, change_user, remove_user, link_user)
