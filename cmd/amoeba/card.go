package main

import "github.com/spf13/cobra"

func dataCardCmd() *cobra.Command { return &cobra.Command{Use: "card NAME"} }
