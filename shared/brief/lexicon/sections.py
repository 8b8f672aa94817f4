"""Headings and labels that say what stands below them."""

from __future__ import annotations

from shared.brief.lexicon.bag import bag

_SECTIONS: dict[str, str] = {
    **dict.fromkeys(
        bag(
            """
    entity entities model models data_model domain_model resource resources data objects tables schema main_entities core_entities
    domain_objects things data_models what_we_store what_is_stored what_we_keep what_we_track information data_to_store
    database_schema database_tables the_data"""
        ),
        "entities",
    ),
    **dict.fromkeys(
        bag(
            """
    role roles user_roles users_and_roles actors actor personas permissions roles_and_permissions user_types users_and_permissions
    users_roles roles_permissions roles_and_rights roles_rights who_does_what who_may_do_what access_control who_uses_it the_users
    users user_groups access stakeholders"""
        ),
        "roles",
    ),
    **dict.fromkeys(
        bag(
            """
    what what_it_is
    feature features requirements functional_requirements functionality user_stories stories use_cases scope what_it_does operations
    main_features core_features key_features mvp workflows workflow behaviour behavior functions processes process how_it_works
    business_rules rules must_have must_haves should_have"""
        ),
        "features",
    ),
    **dict.fromkeys(
        bag(
            """stack tech_stack technology technologies technical_stack tech architecture technical_requirements backend frontend database
    deployment infrastructure front_end back_end api db language framework"""
        ),
        "stack",
    ),
    **dict.fromkeys(
        bag(
            """quality non_functional non_functional_requirements nonfunctional nonfunctional_requirements performance scale
    quality_attributes nfr nfrs service_levels sla"""
        ),
        "quality",
    ),
    **dict.fromkeys(
        bag("""out_of_scope not_in_scope non_goals nongoals exclusions excluded not_included wont_have not_needed not_part_of_this"""),
        "excluded",
    ),
    **dict.fromkeys(
        bag(
            """
    note notes background context motivation about introduction overview description problem vision intro purpose goal goals summary
    overview_and_goals"""
        ),
        "notes",
    ),
    **dict.fromkeys(bag("compliance security regulations legal"), "features"),
    **dict.fromkeys(bag("relation relations relationship relationships associations"), "features"),
}


def section_of(label: str) -> str:
    """The section that a heading or label opens: entities, roles, features, stack, quality, excluded or notes; empty for none."""
    name = "_".join("".join(c if c.isalnum() else " " for c in label.lower().replace("'", "")).split())
    return _SECTIONS.get(name, "")
