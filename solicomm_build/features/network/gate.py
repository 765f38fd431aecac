"""Files of networks in conferences."""

from __future__ import annotations

from solicomm_build.gate.hooks import InConference

FILES = {
    "roles": InConference("solicomm_build.features.network.judging.homeroles"),
    "hubs": InConference("solicomm_build.features.network.sealed.sharedwith"),
}
