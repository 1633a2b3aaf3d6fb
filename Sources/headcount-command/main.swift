import HeadcountCommand

HeadcountCommand.run()
