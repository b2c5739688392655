-- One database per service; run once, when the server's data folder is made.
CREATE DATABASE attesta_catalog;
CREATE DATABASE attesta_applications;
CREATE DATABASE attesta_certificates;
