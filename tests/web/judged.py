"""A version of the judgement in force: wording speaks for a tie, silence against it."""

from dataclasses import replace

import numpy as np

from serendipity.matching.learning.ranking_evaluation import RankingQuality, Trial
from serendipity.matching.learning.tie_model import fit_tie_model
from serendipity.matching.scoring.pair_features import TRAITS
from serendipity.usecases.learning.model_versions import TrainingOutcome
from serendipity.usecases.learning.re_ranker import VERSIONS, LearnedTieModel
from serendipity.usecases.services import Services

TRIED = Trial(
    members=88,
    first_ties=107,
    before=RankingQuality(found=0.43, surprising=0.29),
    after=RankingQuality(found=0.55, surprising=0.35),
)


def with_judgement(services: Services) -> LearnedTieModel:
    """Put what made-up ties teach to use."""
    table = np.random.default_rng(0).normal(size=(500, len(TRAITS)))
    tied = table[:, TRAITS.index("wording")] - table[:, TRAITS.index("silence")] > 1.5
    weak = replace(fit_tie_model(table, tied), scale=(10.0,) * len(TRAITS), usual_log_odds=0.5)
    found = LearnedTieModel(tie_model=weak, half_lives=services.half_lives)
    with services.ledger.read() as uow:
        head, present = uow.records.head(), VERSIONS.in_force(uow)
    VERSIONS.put_to_use(
        services, TrainingOutcome(present=present, learned=found, upto=head, tried=TRIED.as_data()), by="service"
    )
    return found
