from pycanary.cli.main import main

main()
