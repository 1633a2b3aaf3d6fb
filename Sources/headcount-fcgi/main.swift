import HeadcountServer

HeadcountServer.run()
