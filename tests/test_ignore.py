"""A repair dialog in which settings are ignored."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.drift.expected import CONF_EXPECTED
from custom_components.bas_ip.issues import ISSUE_DRIFT

from .conftest import AnswerRepair, Change, OpenRepair, accept, issues


@pytest.mark.parametrize(
    "meanwhile", ["other.example.net", "pbx.example.net", "third.example.net"]
)
@pytest.mark.usefixtures("init_integration")
async def test_ignore_in_a_dialog_that_stayed_open(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    change: Change,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
    meanwhile: str,
) -> None:
    """What was accepted, corrected or not shown by then is still compared."""
    await change(realm="other.example.net")
    menu = await open_repair(issues(hass)[ISSUE_DRIFT])
    form = await answer_repair(menu, next_step_id="ignore")
    await change(realm=meanwhile)
    if meanwhile == "other.example.net":
        await accept(hass)
    before = entry.options[CONF_EXPECTED]
    await answer_repair(form, settings=["second.realm"])
    assert entry.options[CONF_EXPECTED] == before
