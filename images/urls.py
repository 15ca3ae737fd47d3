"""The addresses; read it as the feature list."""

from django.urls import path
from django.views.i18n import set_language

from images.views import accounts, health, history, home, keys, requests, servers, settlements

urlpatterns = [
    path("", home.index, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("login/", accounts.SignIn.as_view(), name="login"),
    path("logout/", accounts.SignOut.as_view(), name="logout"),
    path("account/", accounts.index, name="account"),
    path("account/theme/", accounts.choose_theme, name="account-theme"),
    path("account/language/", accounts.open_to_all(set_language), name="set_language"),
    path("keys/", keys.index, name="key-list"),
    path("keys/new/", keys.new, name="key-new"),
    path("keys/<uuid:pk>/", keys.detail, name="key-detail"),
    path("keys/<uuid:pk>/edit/", keys.edit, name="key-edit"),
    path("keys/<uuid:pk>/test/", keys.test, name="key-test"),
    path("keys/<uuid:pk>/disabling/", keys.disable, name="key-disable"),
    path("servers/", servers.index, name="server-list"),
    path("servers/refresh/", servers.refresh, name="server-refresh"),
    path("servers/<uuid:key_pk>/<uuid:server_id>/image/", requests.new, name="request-new"),
    path("requests/<uuid:pk>/", requests.detail, name="request-detail"),
    path("requests/<uuid:pk>/progress/", requests.progress, name="request-progress"),
    path("requests/<uuid:pk>/withdrawal/", requests.withdraw, name="request-withdraw"),
    path("requests/<uuid:pk>/look/", settlements.look, name="request-look"),
    path("requests/<uuid:pk>/settlement/", settlements.decide, name="request-settle"),
    path("history/", history.index, name="history"),
]
