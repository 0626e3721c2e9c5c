"""lmms-eval's task over several splits of a data set that are one: lmms-eval itself asks one split only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import datasets
from lmms_eval.api.task import ConfigurableMessagesTask


class JoinedSplitsTask(ConfigurableMessagesTask):  # type: ignore[misc]
    """A task whose test split is ``a+b``: the rows of a, then those of b.

    lmms-eval makes it of a configuration that names it under ``class``. The task's ``process_docs`` sees all rows at
    once.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config={name: v for name, v in config.items() if name != "class"})

    def download(self, dataset_kwargs: dict[str, Any] | None = None) -> None:
        """Load every split and add the joined one, with pictures and without."""
        super().download(dataset_kwargs)
        whole = self.config.test_split
        parts = [self.dataset[split] for split in whole.split("+")]
        media = set(parts[0].column_names) - set(
            self.dataset_no_image[whole.split("+")[0]].column_names
        )
        rows = datasets.concatenate_datasets(parts)
        if self.config.process_docs is not None:
            rows = self.config.process_docs(rows)
        self.dataset[whole] = rows
        self.dataset_no_image[whole] = rows.remove_columns(media & set(rows.column_names))
