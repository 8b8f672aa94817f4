"""Previews on Azure Container Apps: image by ACR Tasks, one app per preview, found again by its tags."""

from shared.preview.azure.apps import ContainerAppPreviews
from shared.preview.azure.place import Place

__all__ = ["ContainerAppPreviews", "Place"]
