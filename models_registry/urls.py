"""Pages of the registry."""

from django.urls import path

from models_registry.pages import (
    compare,
    findings,
    model_cards,
    model_policy,
    models,
    origins,
    overrides,
    policies,
    review,
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
    path(f"{VERSION}override/", overrides.override_use, name="override_use"),
    path(f"{VERSION}<slug:tab>/", versions.version_tab, name="version_tab"),
    path("settings/policies/", policies.policy_list, name="policy_list"),
    path("settings/policies/new/", policies.policy_new, name="policy_new"),
    path("settings/policies/<int:pk>/", policies.policy_detail, name="policy_detail"),
    path("settings/policies/<int:pk>/edit/", policies.policy_edit, name="policy_edit"),
    path("settings/policies/<int:pk>/<slug:verb>/", policies.policy_act, name="policy_act"),
    path("reviews/", reviews.review_queue, name="review_queue"),
    path("reviews/due/", reviews.review_due, name="review_due"),
    path("reviews/figures/", reviews.review_figures, name="review_figures"),
    path("reviews/R-<int:pk>/", review.review_detail, name="review_detail"),
    path("reviews/R-<int:pk>/submit/", review.review_submit, name="review_submit"),
    path("reviews/R-<int:pk>/resubmit/", review.review_resubmit, name="review_resubmit"),
    path("reviews/R-<int:pk>/comment/", review.review_comment, name="review_comment"),
    path("reviews/R-<int:pk>/delegate/", review.review_delegate, name="review_delegate"),
    path("findings/", findings.finding_list, name="finding_list"),
    path("findings/F-<int:pk>/", findings.finding_detail, name="finding_detail"),
    path(f"{VERSION}findings/raise/", findings.finding_raise, name="finding_raise"),
    path("overrides/", overrides.override_list, name="override_list"),
    path("overrides/O-<int:pk>/", overrides.override_detail, name="override_detail"),
    path(f"{MODEL}policy/", model_policy.model_policy, name="model_policy"),
    path("reviews/R-<int:pk>/withdraw/", review.review_withdraw, name="review_withdraw"),
]
