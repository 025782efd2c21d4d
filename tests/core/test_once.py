"""Queries put into SQL once give what the ORM gives."""

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from core.once import OnceOne, number, text
from core.roles import Role
from models_registry.models import RegisteredModel
from tests.factories import a_model, a_user

WITH_OWNER = OnceOne(lambda: RegisteredModel.objects.select_related("owner").filter(name=text("name")))
LOCKED = OnceOne(lambda: RegisteredModel.objects.select_for_update().filter(pk=number("pk")))


@pytest.mark.django_db
def test_rows_are_those_of_the_orm_with_what_they_point_at():
    for name in ("first", "second"):
        a_model(name=name, owner=a_user(Role.ENGINEER), tags={"team": name})

        found = WITH_OWNER.first(name=name)

        assert found == RegisteredModel.objects.get(name=name)
        assert found is not None
        assert found.tags == {"team": name}
        with CaptureQueriesContext(connection) as queries:
            assert found.owner.roles == {Role.ENGINEER}
        assert len(queries) == 0


@pytest.mark.django_db
def test_nothing_found_is_none_and_what_is_given_is_never_sql():
    a_model(name="first", owner=a_user(Role.ENGINEER))

    assert WITH_OWNER.first(name="first' OR '1'='1") is None
    assert WITH_OWNER.first(name="\x01name") is None


@pytest.mark.django_db(transaction=True)
def test_a_row_is_locked_inside_a_transaction_alone():
    model = a_model(name="first", owner=a_user(Role.ENGINEER))
    with transaction.atomic():
        assert LOCKED.first(pk=model.pk) == model

    with pytest.raises(TransactionManagementError):
        LOCKED.first(pk=model.pk)
