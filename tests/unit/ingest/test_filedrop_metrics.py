"""Metrics of files may be declared; what is declared wrongly is named."""

from typing import Any

import pytest
import yaml

from ingest.errors import SettingsError
from ingest.filedrop.declared import file_metrics
from ingest.rules.metrics import Metric
from ingest.settings import Settings

TALKS = {"name": "talks_given", "unit": "talks", "description": "Talks given to colleagues"}


def declared(settings: Settings, content: Any) -> Settings:
    path = settings.home / "sources.yml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return settings.model_copy(update={"sources_file": path})


def test_declared_metrics_join_the_registry_under_file(settings: Settings) -> None:
    metrics = [TALKS, {"name": "file.tasks", "unit": "tasks", "description": "Tasks"}]
    assert file_metrics(declared(settings, {"filedrop": {"metrics": metrics}})) == [
        Metric("file.talks_given", "talks", "file", "Talks given to colleagues"),
        Metric("file.tasks", "tasks", "file", "Tasks"),
    ]


@pytest.mark.parametrize("text", ["", "filedrop:", "filedrop: {metrics: }", "snowflake: {}"])
def test_nothing_declared_is_no_metric(settings: Settings, text: str) -> None:
    assert file_metrics(declared(settings, text)) == [] == file_metrics(settings)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"metrics": [TALKS | {"name": "Talks"}]}, "filedrop.metrics[1].name: String should match"),
        ({"metrics": [TALKS, {"name": "x", "unit": "x"}]},
         "filedrop.metrics[2].description: Field required"),
        ({"metrics": [TALKS | {"units": "x"}]}, "filedrop.metrics[1].units: Extra inputs"),
        ({"metrics": TALKS}, "filedrop.metrics: it must be a list"),
        ({"metric": [TALKS]}, "filedrop: it must be a mapping with metrics alone"),
        ([TALKS], "filedrop: it must be a mapping with metrics alone"),
        ({"metrics": [TALKS, TALKS]}, "the metric file.talks_given is declared more than once"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_named_by_file_metric_and_field(
    settings: Settings, section: Any, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        file_metrics(declared(settings, {"filedrop": section}))
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(settings.home / "sources.yml"))


@pytest.mark.parametrize(
    ("content", "found"), [([], ""), ({"file_drop": {}, "snowflake": {}}, ", found 'file_drop'")]
)
def test_an_unknown_section_is_named(settings: Settings, content: Any, found: str) -> None:
    content = content or ["filedrop"]
    with pytest.raises(SettingsError) as caught:
        file_metrics(declared(settings, content))
    path = settings.home / "sources.yml"
    assert str(caught.value) == (
        f"{path} must be a mapping with snowflake and filedrop alone{found}."
    )


def test_a_file_that_is_no_yaml_is_named(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="is not readable as YAML"):
        file_metrics(declared(settings, "filedrop: ["))
