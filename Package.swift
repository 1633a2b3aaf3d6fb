// swift-tools-version: 6.1

import PackageDescription

let package = Package(
    name: "headcount",
    products: [
        .executable(name: "headcount-fcgi", targets: ["headcount-fcgi"])
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        .target(
            name: "Headcount",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            // A link to the file at the root.
            resources: [.embedInCode("openapi.yaml")]
        ),
        .target(
            name: "SQLiteStore",
            dependencies: ["Headcount", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .systemLibrary(
            name: "CFastCGI",
            pkgConfig: "fcgi",
            providers: [.apt(["libfcgi-dev"]), .yum(["fcgi-devel"]), .brew(["fcgi"])]
        ),
        .target(
            name: "FastCGI",
            dependencies: ["CFastCGI", "Headcount", .product(name: "Logging", package: "swift-log")]
        ),
        .executableTarget(
            name: "headcount-fcgi",
            dependencies: [
                "CFastCGI", "FastCGI", "Headcount", "SQLiteStore",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "StoreConformance",
            dependencies: ["Headcount"],
            path: "Tests/StoreConformance"
        ),
        .testTarget(name: "HeadcountTests", dependencies: ["Headcount", "StoreConformance"]),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: ["SQLiteStore", "StoreConformance", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .testTarget(name: "FastCGITests", dependencies: ["FastCGI", "CFastCGI", "Headcount"]),
    ],
    swiftLanguageModes: [.v6]
)
