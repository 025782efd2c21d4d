"""Pages of the registry."""

from django.urls import path

from models_registry.pages import (
    as_of,
    compare,
    model_cards,
    models,
    origins,
    packs,
    reviews,
    versions,
    wizard,
)

app_name = "models_registry"
MODEL = "models/<slug:name>/"
VERSION = f"{MODEL}v<int:number>/"
DRAFT = f"{VERSION}register/"
urlpatterns = [
    path("models/", models.model_list, name="model_list"),
    path("models/register/", models.register_model, name="register_model"),
    path(MODEL, models.model_detail, name="model_detail"),
    path(f"{MODEL}history/", models.model_history, name="model_history"),
    path(f"{MODEL}as-of/", as_of.model_at, name="model_as_of"),
    path(f"{MODEL}compare/", compare.compare, name="compare"),
    path(f"{MODEL}register/", wizard.register_version, name="register_version"),
    path(VERSION, versions.version_detail, name="version_detail"),
    path(DRAFT, wizard.version_wizard, name="version_wizard"),
    path(f"{DRAFT}upload/", wizard.version_upload, name="version_upload"),
    path(f"{DRAFT}config/", wizard.version_config, name="version_config"),
    path(f"{DRAFT}config/check/", wizard.version_config_check, name="version_config_check"),
    path(f"{DRAFT}finish/", wizard.version_finish, name="version_finish"),
    path(f"{VERSION}promote/", versions.version_promote, name="version_promote"),
    path(f"{VERSION}retire/", versions.version_retire, name="version_retire"),
    path(f"{VERSION}notes/", versions.version_notes, name="version_notes"),
    path(f"{VERSION}origin/", origins.version_origin, name="version_origin"),
    path(f"{VERSION}card/edit/", model_cards.card_edit, name="card_edit"),
    path(f"{VERSION}card/approve/", model_cards.card_approve, name="card_approve"),
    path(f"{VERSION}evidence-pack.zip", packs.evidence_pack, name="evidence_pack"),
    path(f"{VERSION}<slug:tab>/", versions.version_tab, name="version_tab"),
    path("reviews/", reviews.review_queue, name="review_queue"),
    path("reviews/R-<int:pk>/", reviews.review_detail, name="review_detail"),
    path("reviews/R-<int:pk>/submit/", reviews.review_submit, name="review_submit"),
    path("reviews/R-<int:pk>/withdraw/", reviews.review_withdraw, name="review_withdraw"),
]
