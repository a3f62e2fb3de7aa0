"""People and projects over HTTP, and the forms in a real browser."""

import re

import pytest
from annotate_stand_in import PASSWORD, house, judged, people, texts
from conftest import Wire
from ui_stand_in import rubric

from mmjudge.people import Scheme
from mmjudge.store import open_store
from mmjudge.ui.people_page import FormError, people_html, project_of


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('people')}/mmjudge.db") as opened:
        judged(opened, texts(8))
        yield opened


def form(**more):
    rules = rubric()
    return {"id": "may", "rubric": f"{rules.id}@{rules.version}", "overlap": "2", "care": "on", **more}


def test_a_project_of_all_items_that_were_judged(store):
    project, tasks = project_of(store, form(tri="on", title="May"), "eve", 9.0)
    assert (project.title, project.sampling, project.size, project.overlap) == ("May", "all", 8, 2)
    assert (project.scheme, project.care, project.created_by) == (Scheme(tri=True), True, "eve")
    assert tasks == [(item.id, 1.0) for item in texts(8)]


def test_a_sample_knows_its_probability_and_its_seed(store):
    project, tasks = project_of(store, form(sample="2", seed="5"), "eve")
    assert (project.sampling, project.size, project.seed) == ("random", 8, 5)
    assert [probability for _, probability in tasks] == [0.25, 0.25]
    assert tasks == project_of(store, form(sample="2", seed="5"), "eve")[1]


@pytest.mark.parametrize(
    "wrong", [{"id": "No Slug"}, {"rubric": "gone@1"}, {"overlap": "0"}, {"overlap": "many"}, {"sample": "-1"}]
)
def test_what_does_not_fit_is_said(store, wrong):
    with pytest.raises(FormError):
        project_of(store, form(**wrong), "eve")


def test_names_are_shown_as_text(store):
    people(store)
    made, tasks = project_of(store, form(title="<script>x</script>"), "eve")
    store.save_project(made, tasks)
    shown = people_html(store)
    assert "<script>" not in shown
    assert "0 of 8" in shown


def test_an_admin_sets_up_adds_a_rater_and_makes_a_project_for_them(chromium, tmp_path):
    with house(tmp_path, Wire) as (address, opened, _):
        judged(opened, texts(3))
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{address}/annotate")
        page.fill("[name=name]", "eve")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url(re.compile("/$"))
        page.goto(f"{address}/people")
        rater = page.locator("form[data-to='./people/rater']")
        rater.locator("[name=name]").fill("ann")
        rater.locator("[name=password]").fill("short")
        rater.locator("button").click()
        page.wait_for_selector("#pe-said:has-text('8 to 1024 characters')")
        rater.locator("[name=password]").fill(PASSWORD)
        rater.locator("button").click()
        page.wait_for_selector("#pe-said:has-text('ann may sign in now')")
        made = page.locator("form[data-to='./people/project']")
        made.locator("[name=id]").fill("may")
        made.locator("[name=regions]").check()
        made.locator("button").click()
        page.wait_for_selector("#pe-said:has-text('The project may has 3 items')")
        assert opened.project("may").scheme == Scheme(regions=True)
        assert opened.rater("ann").role == "rater"
        page.click("form:has([value=ann]) button")
        page.wait_for_selector("#pe-said:has-text('ann is changed')")
        assert opened.rater("ann").disabled
        context.close()
