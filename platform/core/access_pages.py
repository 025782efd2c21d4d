"""Who may do what, as one table, and as CSV for an access review."""

import csv

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core import access_matrix
from core.roles import Role


@require_GET
@login_required
def access(request: HttpRequest) -> HttpResponse:
    context = {"roles": [role.label for role in Role], "rows": access_matrix.rows()}
    return render(request, "core/access.html", context)


@require_GET
@login_required
def access_csv(request: HttpRequest) -> HttpResponse:
    """Permission by role, with the scope that a token needs; stable names, not the reader's language."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="conch-access.csv"'
    writer = csv.writer(response)
    writer.writerow(["permission", *(role.value for role in Role), "people_only"])
    for row in access_matrix.rows():
        held = ["yes" if one else "" for one in row.granted]
        writer.writerow([row.permission, *held, "yes" if row.people_only else ""])
    return response
