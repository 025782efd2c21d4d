"""Two writers of one metric at the same time leave one newest value."""

import threading

import pytest
from django.db import connection, transaction

from models_registry.models import VersionMetric
from tests.factories import a_version


@pytest.mark.django_db(transaction=True)
def test_two_writers_leave_one_newest_value():
    version = a_version()
    ready = threading.Barrier(2)

    def write(value):
        try:
            with transaction.atomic():
                ready.wait(timeout=10)
                VersionMetric.objects.create(version=version, name="f1", value=value, producer="run")
        finally:
            connection.close()

    for _ in range(5):
        threads = [threading.Thread(target=write, args=[value]) for value in (0.1, 0.2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        assert VersionMetric.objects.filter(newest=True).count() == 1
    assert VersionMetric.objects.count() == 10
