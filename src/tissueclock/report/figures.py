"""Everything that is drawn of a model, drawn once: the page and the pictures show the same tiles."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from tissueclock.report import view
from tissueclock.report.acquisition_plots import motion_plots, sampling_plot
from tissueclock.report.diffusion_page import DiffusionFigures, diffusion_figures
from tissueclock.report.ladders import LadderFigure, ladder_figures
from tissueclock.report.maps import MapRow, map_rows
from tissueclock.report.model import ReportModel
from tissueclock.report.montage import Tile, legend, location_tile, summary_tiles
from tissueclock.report.plot import Plot, curves_plot, offset_plot


@dataclass(frozen=True, eq=False, kw_only=True)
class Figures:
    """The tiles and plots of one model; `locations` holds (name, where, tile) of every curve."""

    legend: tuple[tuple[Image.Image, str], ...]
    montage: tuple[Tile, ...]
    ladders: tuple[LadderFigure, ...]
    maps: tuple[MapRow, ...]
    diffusion: DiffusionFigures | None
    locations: tuple[tuple[str, str, Tile], ...]
    curves: Plot | None
    offset: Plot | None
    motion: tuple[Plot, ...]
    sampling: Plot | None

    @classmethod
    def of(cls, model: ReportModel) -> Figures:
        """Draw everything that the model has."""
        return cls(
            legend=legend(model),
            montage=summary_tiles(model),
            ladders=ladder_figures(model),
            maps=map_rows(model),
            diffusion=diffusion_figures(model),
            locations=_locations(model),
            curves=None if model.curves is None else curves_plot(model.curves),
            offset=None if model.offset is None else offset_plot(model.offset),
            motion=() if model.motion is None else motion_plots(model.motion),
            sampling=_sampling(model),
        )


def _sampling(model: ReportModel) -> Plot | None:
    if model.sampling is None or model.curves is None:
        return None
    return sampling_plot(model.sampling, model.curves)


def _locations(model: ReportModel) -> tuple[tuple[str, str, Tile], ...]:
    curves = model.curves
    if curves is None:
        return ()
    found = [("AIF", curves.aif_location)]
    if curves.vof_location is not None:
        found.append(("VOF", curves.vof_location))
    return tuple(
        (name, view.location_text(place), location_tile(model, name, place)) for name, place in found
    )
