"""Loading: models in force, read back from their files."""

from pathlib import Path

from shopkeeper.core.model import Manifest
from shopkeeper.customize.coupons.anyway import CouponModel
from shopkeeper.customize.recommend.arrays import from_arrays
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.engines.model_files import read_model


def load_recommender(models: Path, manifest: Manifest) -> Recommender:
    """Read a recommender in force. Raises: NotFound: no such files. BadInput: damaged, or not a recommender's."""
    found, arrays = read_model(models, manifest.name, manifest.version, digest=manifest.digest)
    return from_arrays(arrays, found.parameters)


def load_coupon_model(models: Path, manifest: Manifest) -> CouponModel:
    """Read a coupon model in force. Raises: NotFound: no such files. BadInput, LookupError: damaged, or not one."""
    _, arrays = read_model(models, manifest.name, manifest.version, digest=manifest.digest)
    return CouponModel.from_arrays(arrays)
