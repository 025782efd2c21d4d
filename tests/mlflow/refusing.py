"""What a client is told when it may not."""

from collections.abc import Callable
from typing import Any

import pytest
from mlflow.exceptions import MlflowException


def refused(call: Callable[..., Any], *args: Any, **given: Any) -> MlflowException:
    """The exception that a call of the client raises."""
    with pytest.raises(MlflowException) as caught:
        call(*args, **given)
    return caught.value
