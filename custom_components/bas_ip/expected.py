"""The expected settings, as a config entry's options keep them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .const import CONF_EXPECTED, CONF_IGNORED, Account
from .drift import Setting


def expected_settings(options: Mapping[str, Any], account: Account) -> dict[str, str]:
    """Return the expected settings of an account; those not in it are not compared."""
    return dict(options.get(CONF_EXPECTED, {}).get(account, {}))


def ignored_settings(options: Mapping[str, Any], account: Account) -> Collection[str]:
    """Return the settings of an account that are not compared although expected."""
    return list(options.get(CONF_IGNORED, {}).get(account, []))


def with_expected(
    options: Mapping[str, Any], account: Account, expected: Mapping[Setting, str | None]
) -> dict[str, Any]:
    """Return options with other expected settings; None takes a setting out."""
    merged: dict[str, str | None] = {
        **expected_settings(options, account),
        **{setting.value: value for setting, value in expected.items()},
    }
    return {
        **options,
        CONF_EXPECTED: {
            **options.get(CONF_EXPECTED, {}),
            account.value: {
                setting: value for setting, value in merged.items() if value is not None
            },
        },
    }


def with_ignored(
    options: Mapping[str, Any], account: Account, ignored: Iterable[str]
) -> dict[str, Any]:
    """Return options in which these settings of an account are ignored."""
    return {
        **options,
        CONF_IGNORED: {
            **options.get(CONF_IGNORED, {}),
            account.value: sorted({str(setting) for setting in ignored}),
        },
    }
