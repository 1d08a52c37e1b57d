import pytest

from config.footprint import energy_table, grid_table


@pytest.mark.parametrize(
    ("model", "billions"),
    [("meta-llama/Llama-3.1-8B-Instruct", 8), ("mixtral-8x7b-32768", 12.9), ("openai/gpt-oss-120b", 5.1)],
)
def test_open_model_is_found_by_its_id(model: str, billions: float) -> None:
    size = energy_table().size_of(model)

    assert size is not None
    assert size.active == billions


@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4-5", "", "house-model"])
def test_model_of_unpublished_size_is_not_guessed(model: str) -> None:
    assert energy_table().size_of(model) is None


def test_more_specific_names_come_first() -> None:
    table = energy_table()

    assert all(table.size_of(size.name) == size for size in table.models)


def test_region_is_known_by_two_or_three_letters() -> None:
    grid = grid_table()

    assert grid.intensity_of("in") == grid.intensity_of("IND") == 708.3
    assert grid.intensity_of("NO") == 30.8
    assert grid.intensity_of("Atlantis") is None
    assert set(grid.alpha_2.values()) <= set(grid.intensity)
