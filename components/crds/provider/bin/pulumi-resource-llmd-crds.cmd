@node "%~dp0pulumi-resource-llmd-crds" %*
