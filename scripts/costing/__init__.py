"""What an installation costs in Azure: the meters that run (infra-bicep/cost/meters.json) times the prices that Azure publishes.

`meters` reads that file, `template` what the Bicep files decide, `retail` asks Azure, `pricing` finds a meter's price and applies its
tiers, `estimate` puts them together, `show` prints, `tables` writes the tables of docs/azure/cost.md. No number comes from anywhere else:
what is not known stays unknown, and a sum says so.
"""


class Failed(Exception):  # reads as a sentence
    """No estimate can be made, in words for whoever asked."""


class Misused(Failed):
    """What was asked makes no sense: the call has to change."""
