"""Models: their cards, which is in force, and training."""

import msgspec

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.model_cards import ModelCard, ModelVersion, model_cards, model_version, put_in_force
from shopkeeper.flows.workshop import Training


class UseModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which recorded version is to be in force."""

    version: str


class TrainModels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which models are to be trained; all where none is named."""

    names: tuple[str, ...] = ()


@operation("GET", "/v1/models", needs="see", twin="model list")
async def models(call: Call) -> list[ModelCard]:
    """List every model with its versions, which is in force, how good each was and what that means."""
    return await model_cards(call.app.store, call.app.models, call.app.service.definitions, now=call.now)


@operation("GET", "/v1/models/training", needs="see", twin="model train")
async def training(call: Call) -> Training:
    """Say how the last training stands that was begun through this server."""
    return call.app.backroom.workshop.training


@operation("POST", "/v1/models/train", needs="models", twin="model train")
async def train(call: Call, *, body: TrainModels) -> Training:
    """Begin to train models apart from the server, on all that is in the log; `/v1/models/training` tells how it goes.

    They are put in force together at the end. One training runs at a time.
    """
    return call.app.backroom.workshop.begin(body.names)


@operation("GET", "/v1/models/{name}/versions/{version}", needs="see", twin="model show")
async def version_of_model(call: Call, name: str, version: str) -> ModelVersion:
    """Give one version of a model."""
    app = call.app
    return await model_version(app.store, app.models, app.service.definitions, name, version, now=call.now)


@operation("POST", "/v1/models/{name}/in-force", needs="models", twin="model use")
async def use_model(call: Call, name: str, *, body: UseModel) -> ModelVersion:
    """Put a recorded version in force, an earlier one too; decisions use it within a second or two.

    Its files are read and checked first: nothing changes where they are damaged or gone.
    """
    app = call.app
    await put_in_force(app.store, app.models, name, body.version, who=call.caller.name, now=call.now)
    return await model_version(app.store, app.models, app.service.definitions, name, body.version, now=call.now)


OPERATIONS = (models, training, train, use_model, version_of_model)
