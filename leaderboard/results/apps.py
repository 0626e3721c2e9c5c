"""Application configuration."""

from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "leaderboard.results"
